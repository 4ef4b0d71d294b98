DROP TABLE sandbox_message;
