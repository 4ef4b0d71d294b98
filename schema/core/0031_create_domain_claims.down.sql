DROP TABLE domain_claim;
