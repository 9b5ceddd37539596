-- One row per network and browser of these people in the country that is not theirs.
select day_source.*, travel.away, travel.home, travel.flips, travel.gap_minutes
from travel
inner join day_source
    on day_source.user_id = travel.user_id and day_source.country = travel.away
