-- Rejected lines of a file in which no line has a time count on the day on which it was written.

comment on column lake.reject.log_date is 'Day on which it counts: that of the record before it, else after it, else the day on which the file was last written, where that is within limits.reexamine_days before the reading, else the day before the reading. [none]';
