DROP TABLE api_key, session, membership, account, team;
