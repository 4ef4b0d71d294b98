DROP INDEX envelope_in_doubt;
