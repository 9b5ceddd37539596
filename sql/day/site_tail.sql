-- Probability that a standard normal deviate is z or more, z >= 0; never below 1e-12. Karagiannidis &
-- Lioumpas (2007), IEEE Communications Letters 11, 644-646.
create or replace macro normal_tail(z) as
    greatest(1e-12, case
        when z < 0.05 then 0.5
        else (1 - exp(-1.4 * z)) * exp(-z * z / 2) / (1.135 * sqrt(2 * pi()) * z)
    end);

-- The standard normal deviate that is as rare as Student's t with so many degrees of freedom.
-- Wallace (1959), Annals of Mathematical Statistics 30, 1124-1130.
create or replace macro t_to_normal(t, degrees) as
    (8.0 * degrees + 1) / (8.0 * degrees + 3) * sqrt(degrees * ln(1 + t * t / degrees));
