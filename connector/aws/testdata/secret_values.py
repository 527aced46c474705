# Puts secrets into the emulator: a database login as AWS documents it, a
# connection string, an access key beside its id, a value that is no secret.
import json, sys, boto3

api = boto3.client("secretsmanager", region_name="us-east-1")
user, password, other, key, secret = sys.argv[1:6]
for name, value in {
    "orders/login": json.dumps({"engine": "postgres", "host": "orders-db.acme.test", "port": 5432, "username": user, "password": password, "dbname": "orders"}),
    "orders/dsn": f"postgres://{user}:{other}@orders-db.acme.test:5432/orders",
    "deploy/key": json.dumps({"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "REGION": "us-east-1"}),
}.items():
    api.create_secret(Name=name, SecretString=value)
