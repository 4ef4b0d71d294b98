DROP TABLE sign_in_attempt, recovery_code, second_factor, password_reset, invitation;
ALTER TABLE api_key DROP COLUMN created_by;
ALTER TABLE session DROP COLUMN address, DROP COLUMN user_agent, DROP COLUMN last_used_at;
