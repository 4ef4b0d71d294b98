-- What may have arrived, listed for those who decide about it. It costs only the rows that are in doubt.
CREATE INDEX envelope_in_doubt ON envelope (id) WHERE in_doubt;
