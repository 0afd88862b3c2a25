-- Run once, by the administrator, over an empty data folder: the catalog's owner is no administrator.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/catalog_password`
CREATE ROLE radiotheque LOGIN PASSWORD :'password';
CREATE DATABASE radiotheque OWNER radiotheque ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE radiotheque FROM PUBLIC;
