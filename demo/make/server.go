package main

import (
	"fmt"
	"strings"
)

// server is the disk of a warehouse server, as mounted somewhere else.
func server(files map[string]string) error {
	put := func(name, format string, args ...any) { files["server/"+name] = fmt.Sprintf(format, args...) }
	put("etc/hostname", "wh-bristol-01\n")
	put("etc/machine-id", "5b1c7b3f9a2e4d60b7e8c1d2e3f40516\n")

	accounts := []string{"svc-scan-gateway", "svc-prod-label-printer", "svc-prod-stock-sync", "svc-test-stock-sync", "backup", "node_exporter", "rabbitmq", "redis", "mosquitto", "telegraf", "deploy"}
	passwd := "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
	group := "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nsudo:x:27:deploy\nnogroup:x:65534:\n"
	for i, name := range accounts {
		shell := "/usr/sbin/nologin"
		if name == "deploy" || name == "backup" {
			shell = "/bin/bash"
		}
		passwd += fmt.Sprintf("%s:x:%d:%d:%s:/home/%s:%s\n", name, 990+i, 990+i, strings.ReplaceAll(name, "-", " "), name, shell)
		group += fmt.Sprintf("%s:x:%d:\n", name, 990+i)
	}
	put("etc/passwd", "%s", passwd)
	put("etc/group", "%s", group)

	for unit, user := range map[string]string{"scan-gateway": "svc-scan-gateway", "label-printer": "svc-prod-label-printer", "stock-sync": "svc-prod-stock-sync", "node-exporter": "node_exporter"} {
		put("etc/systemd/system/"+unit+".service", "[Unit]\nDescription=Harbour & Finch %s\n\n[Service]\nUser=%s\nExecStart=/opt/hf/%s\nEnvironmentFile=-/etc/default/%s\n\n[Install]\nWantedBy=multi-user.target\n", unit, user, unit, unit)
	}
	put("etc/systemd/system/stock-sync.timer", "[Timer]\nOnCalendar=hourly\n\n[Install]\nWantedBy=timers.target\n")
	put("etc/cron.d/backup", "30 2 * * * backup /usr/local/bin/backup-to-s3\n0 4 * * 0 root /usr/local/bin/prune\n")

	for _, name := range []string{"deploy", "backup"} {
		_, one, err := sshKey("deploy_storefront@harbourfinch.example")
		if err != nil {
			return err
		}
		_, two, err := sshKey("old-contractor-laptop")
		if err != nil {
			return err
		}
		put("home/"+name+"/.ssh/authorized_keys", "%s", one+`from="10.0.0.0/8" `+two)
	}
	put("home/backup/.aws/credentials", "[default]\naws_access_key_id = AKIA%s\naws_secret_access_key = %s\n", random(upper, 16), random(word, 40))

	for name, days := range map[string]int{"mqtt.harbourfinch.example": 45, "scan-gateway.harbourfinch.example": 11, "label.harbourfinch.example": -20, "sensor-dock-4": 700} {
		cert, key, err := certificate(name, days)
		if err != nil {
			return err
		}
		put("etc/ssl/hf/"+name+".crt", "%s", cert)
		put("etc/ssl/hf/"+name+".key", "%s", key)
	}
	return nil
}
