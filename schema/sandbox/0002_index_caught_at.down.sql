DROP INDEX sandbox_message_caught_at;
