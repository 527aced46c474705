package decode

import "testing"

func TestSnowSQL(t *testing.T) {
	got, err := ParseCredentials("snowsql", []byte("[connections]\n#accountname = old\naccountname = XY12345.eu-west-1\nusername = LOADER\npassword = \"s3cret-Of-Loader\"\n\n[connections.etl]\naccountname=ab1\nusername=ETL\npassword=An0ther-0ne\n\n[options]\nauto_completion = True\nlog_file = ~/.snowsql/log\n"))
	if err != nil || len(got) != 2 {
		t.Fatalf("got %d credentials, %v; want 2", len(got), err)
	}
	for i, want := range []struct{ user, host, value string }{{"LOADER", "xy12345.eu-west-1.snowflakecomputing.com", "s3cret-Of-Loader"}, {"ETL", "ab1.snowflakecomputing.com", "An0ther-0ne"}} {
		if f := got[i]; f.Account != want.user || f.Host != want.host || f.Value.Reveal() != want.value || f.Class != ClassPassword {
			t.Errorf("%d: account %q, host %q, class %q", i, f.Account, f.Host, f.Class)
		}
	}
	if f := CredentialFormat("/home/a/.snowsql/config"); f != "snowsql" {
		t.Errorf("the format by name is %q", f)
	}
}
