package secret

import "testing"

// Values of Opaque Secrets, labelled: what of them is a credential.
func TestInStore(t *testing.T) {
	made := func(form string) string { return fill(form) }
	secrets := []struct{ key, value string }{
		{"DB_PASSWORD", "Zx81kk-db-9Q"}, {"DB_PASSWORD", "hunter2"}, {"password", "postgres"}, {"password", "db.acme.io"}, {"admin-password", "welcome1"}, {"redis-password", "x9"},
		{"value", "Zx81kk-db-9Q"}, {"root", "S3cretPa55"}, {"data", "P@ssw0rd!"}, {"x", "Tr0ub4dor&3"}, {"grafana", "a8f5f167f44f"}, {"foo", "correct-horse!battery"},
		{"value", made("{a62:16}") + "7aB"}, {"key", made("{a62:24}") + "7aB"}, {"secret", made("{a62:32}") + "7aB"}, {"mysecret", made("{a62:40}") + "7aB"}, {"content", "kq3Vw8Zr1Xt6"},
		{"API_KEY", made("{a62:32}") + "7aB"}, {"STRIPE", made("{a62:32}") + "7aB"}, {"jwt", "qL9fT2mX8cV4bN6z"}, {"rootpw", "8dXx2Qm41RtPz"}, {"cookie", "canary-8dXx2Qm41RtPz"},
		{"django", "django-insecure-x7$k2m!q9w"}, {"salt", "f3A9x2K8q1"}, {"hmac", "9c1185a5c5e9fc54612808977ee8f548"}, {"seed", "9c1185a5c5e9fc54612808977ee8f548b2258d31"}, {"entry", "Kx93jfQ2zz8"},
		{"LICENSE", "AB12C-DE34F-GH56I-JK78L"}, {"wifi", "sunny!Day42"}, {"smtp", "Qw7eR5tY3u"}, {"DATABASE_URL", "postgres://app:Kx93jfQ2zz8@db.acme.io/shop"}, {"url", "redis://:Qw7eR5tY3u@cache:6379/0"},
		{"host", "https://ops:Kx93jfQ2zz8@db.acme.io"}, {"token", "eYx82Lq90Zp3"}, {"ldap.bind", "lD4p#Bind"}, {"vpn", "Vpn$2024x"}, {"encryption", "u8x/A?D(G+KbPeSh"}, {"k1", "zq9w8e7r6t5y"},
		{"PGPASSWORD", "shop"}, {"app", "xkcdqwrtzp9vbnm"}, {"default", "nP4x.9kQe"}, {"pin", "a1b2c3d4"},
	}
	others := []struct{ key, value string }{
		{"DB_HOST", "db.acme.io"}, {"db", "db.acme.io"}, {"value", "db.acme.io"}, {"primary", "db-1.eu-west-1.rds.amazonaws.com"}, {"x", "db-1.c9akciq32.eu-west-1.rds.amazonaws.com:5432"}, {"kafka", "b1.acme.io:9092,b2.acme.io:9092"},
		{"DBHOST", "Zx81kk9Qa"}, {"host", "ip-10-0-0-1"}, {"server", "10.1.2.3"}, {"x", "10.1.2.3"}, {"x", "10.0.0.0/16"}, {"x", "2001:db8::1"}, {"x", "cache:6379"}, {"x", "db.shop.svc.cluster.local"},
		{"DB_PORT", "5432"}, {"x", "5432"}, {"x", "1234567890"}, {"x", "3.14159"}, {"x", "30s"}, {"x", "100Mi"}, {"x", "2026-11-22"}, {"x", "2026-11-22T09:00:00Z"},
		{"DB_USER", "app"}, {"user", "svc_app_01x9"}, {"DB_USER", "Adm1nUser9x"}, {"x", "postgres"}, {"x", "shop_rw"}, {"x", "app-user-01"}, {"login", "jane.doe"}, {"x", "jane.doe@acme.io"}, {"sender", "no-reply@acme.io"},
		{"DB_NAME", "shop"}, {"x", "shop_production"}, {"x", "orders2024"}, {"x", "my-app-bucket-prod"}, {"bucket", "acme-logs-9f8e7d6c5b4a"}, {"x", "eu-west-1"}, {"region", "us-gov-east-1"}, {"x", "t3.micro"}, {"x", "m5d.24xlarge"},
		{"x", "true"}, {"x", "false"}, {"ENABLED", "yes"}, {"x", "production"}, {"x", "staging"}, {"LOG_LEVEL", "debug"}, {"x", "INFO"}, {"SSLMODE", "verify-full"}, {"x", "verify-full"}, {"x", "require"},
		{"x", "https://idp.acme.io/oauth2/token"}, {"url", "postgres://db.acme.io/shop"}, {"url", "postgres://app@db.acme.io/shop"}, {"x", "s3://acme-bucket/path"}, {"x", "/etc/ssl/certs/ca.pem"}, {"x", "tls.key"}, {"x", "config.yaml"},
		{"x", "v1.28.3"}, {"x", "1.2.3-rc1"}, {"x", "postgres15"}, {"x", "v1beta1"}, {"x", "node-12"}, {"x", "web1"}, {"x", "RS256"}, {"x", "sha256"}, {"x", "AES-256-GCM"}, {"x", "utf-8"}, {"x", "Europe/Berlin"}, {"x", "en_US.UTF-8"},
		{"x", "0e6f3a1c-5f0e-4d0e-9d0c-1f2e3d4c5b6a"}, {"client-id", "8f14e45fceea167a5a36"}, {"account_id", "111122223333"}, {"x", "arn:aws:iam::111122223333:role/x"}, {"x", "projects/p/topics/t"},
		{"tenant", "acme-9x8K2m"}, {"x", "OrderService"}, {"x", "OrderServiceV2"}, {"x", "PostgreSQL15"}, {"x", "myAppName"}, {"x", "com.acme.orders.Main"}, {"x", "us-east-1a"}, {"x", "ghcr.io/acme/app:1.2.3"}, {"x", "a=b,c=d"}, {"x", "{\"a\":\"b\"}"},
		{"x", "${DB_PASSWORD}"}, {"password", "${DB_PASSWORD}"}, {"password", "changeme"}, {"x", "CHANGE_ME"}, {"x", "your-token-here"}, {"", ""}, {"x", "hello world, it is me"}, {"public-key", "kq3Vw8Zr1Xt6"},
		{"image", "sha256:9c1185a5c5e9fc54"}, {"x", "smtp.eu.mailgun.org"}, {"x", "amqp"}, {"channel", "C02AB3CD4EF"}, {"x", "kubernetes.io/tls"}, {"x", "/var/run/secrets/db-9Kx2"}, {"rabbit", "rabbitmq-0.rabbitmq-headless"},
	}
	t.Logf("%d secrets, %d others", len(secrets), len(others))
	for _, tc := range secrets {
		if class, ok := InStore(tc.key, tc.value); !ok || class == "" {
			t.Errorf("%s: %q is a secret and not found", tc.key, tc.value)
		}
	}
	for _, tc := range others {
		if class, ok := InStore(tc.key, tc.value); ok {
			t.Errorf("%s: %q is said to be a %s", tc.key, tc.value, class)
		}
	}
}

func FuzzInStore(f *testing.F) {
	f.Add("DB_HOST", "db.acme.io")
	f.Add("x", "a@b.c,[::]:1")
	f.Fuzz(func(t *testing.T, key, value string) {
		if class, ok := InStore(key, value); ok != (class != "") {
			t.Errorf("class %q, ok %v", class, ok)
		}
	})
}
