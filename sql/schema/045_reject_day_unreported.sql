-- Whoever sends a file chooses when it was last written: that is believed of days alone that no report has told of yet.

comment on column lake.reject.log_date is 'Day on which it counts: that of the record before it, else after it, else the day on which the file was last written, where no report of that day or a later one had been written and it is within limits.reexamine_days before the reading, else the day before the reading. [none]';
