DROP TABLE tls_result, mta_sts_policy;
