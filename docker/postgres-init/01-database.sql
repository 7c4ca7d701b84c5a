-- The database itself is made by POSTGRES_DB; roles, schemas and tables by the migrator.
ALTER DATABASE huidian SET timezone = 'UTC';
REVOKE ALL ON DATABASE huidian FROM PUBLIC;
GRANT CONNECT ON DATABASE huidian TO PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
