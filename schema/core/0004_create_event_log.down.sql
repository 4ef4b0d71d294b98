DROP TABLE job_run, parked_event, subscriber_cursor, event;
DROP SEQUENCE event_seq;
