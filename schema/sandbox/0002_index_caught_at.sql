-- What is older than it is kept for is found by its time: the ids are of when mail was accepted, not of when it was caught.
CREATE INDEX sandbox_message_caught_at ON sandbox_message (caught_at);
