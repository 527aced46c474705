package demo

import (
	"fmt"
	"strings"
	"unicode"
)

// The words that estates are named with. People come from many languages, for a
// name is any text.
var (
	givenNames = strings.Fields(`Ada Ben Chloe Dev Elif Farid Grace Hana Ivo Jonas Kofi Lena Mei Nadia Omar Priya Quentin Rosa Sven Tariq Uma Viktor Wanda Xavier Yuki Zoë Asha Diego Tom Carol José Łukasz
		Søren Aoife Björn Çağla Đorđe Émile Françoise Gülşen Håkon Inés Jürgen Kateřina Lucía Małgorzata Nguyễn Øyvind Renée Şebnem Tomáš Ümit Věra Żaneta 健太 美咲 伟 Дарья Νίκος`)
	familyNames = strings.Fields(`Brandt Keane Fontaine Tanaka Rossi Gupta Reyes Ito Dahl Petrov Nair Khalil Okafor Silva Müller García Novák Kowalski Lindqvist Haddad Mensah Castro Weber Moreau Sato Kim Iyer
		Andersen Öztürk Dvořák Nowak Berg O'Brien van-Dijk Ó-Súilleabháin 佐藤 王 Иванова Παπαδόπουλος`)
	products = strings.Fields(`orders checkout catalog stock returns loyalty pricing shipping labels routing invoices refunds payouts ledger tax payroll recruiting campaigns reviews search recommendations images
		sessions carts gifts warehouse suppliers purchasing forecasts fraud chargebacks vouchers newsletters coupons stores tills scanners fleets tracking customs claims contracts tickets chat surveys audit
		telemetry metrics logs backups snapshots archives certificates secrets identities builds artifacts releases previews sandboxes notebooks models embeddings lineage quality exports imports`)
	tasks = strings.Fields(`writer reader importer exporter relay indexer poller mailer notifier cleaner loader bridge mirror verifier renderer scheduler collector matcher archiver publisher resizer signer
		replayer splitter enricher tagger sweeper tracker counter auditor`)
	teamNames = strings.Fields(`platform payments storefront bi fulfilment security finance people it agents logistics search mobile risk content growth identity observability data support research billing partners
		inventory quality network media legal facilities treasury`)
	units = strings.Fields(`Technology Commerce Operations Finance People Security Research`)
	firms = [][2]string{{"Harbour", "Finch"}, {"Nordlicht", "Werke"}, {"Casa", "Verde"}, {"Atelier", "Blanc"}, {"Kestrel", "Freight"}, {"Sakura", "Retail"}, {"Baltic", "Energy"}, {"Mosaic", "Health"}, {"Tamarind", "Foods"}, {"Polar", "Insurance"},
		{"Copper", "Rail"}, {"Lagoon", "Travel"}, {"Quartz", "Bank"}, {"Meadow", "Dairy"}, {"Falcon", "Telecom"}}
)

// A style is how a house names what runs for it.
type style struct {
	sep    string
	prefix string // before the service accounts of any system; "": none
	order  string // "efn": environment, function, number
	upper  bool
}

var styles = []style{
	{sep: "-", prefix: "svc", order: "efn"}, {sep: "-", prefix: "svc", order: "fen"}, {sep: "_", prefix: "svc", order: "fen"}, {sep: "-", order: "fen"}, {sep: "-", order: "efn"}, {sep: ".", prefix: "app", order: "fen"},
	{sep: "_", prefix: "sa", order: "efn"}, {sep: "-", prefix: "srv", order: "nfe"}, {sep: "_", prefix: "SVC", order: "efn", upper: true},
}

// name spells a name in the style: of a function, in an environment.
func (s style) name(function, env string, n int) string {
	words := []string{}
	if s.prefix != "" {
		words = append(words, s.prefix)
	}
	for _, c := range s.order {
		switch c {
		case 'e':
			words = append(words, env)
		case 'f':
			words = append(words, strings.Split(function, "-")...)
		case 'n':
			if n > 0 {
				words = append(words, fmt.Sprintf("%02d", n))
			}
		}
	}
	text := strings.Join(words, s.sep)
	if s.upper {
		text = strings.ToUpper(text)
	}
	return text
}

// function is the next thing that a team needs an identity for; no two are the
// same, and none comes twice in a team.
func (t *team) function() (string, int) {
	i := t.serial
	t.serial++
	p := t.products[i%len(t.products)]
	k := i / len(t.products)
	return p + "-" + tasks[k%len(tasks)], k / len(tasks)
}

// ascii spells a word for a mail address: what is no letter of it is left out, and
// of a word that has none its code points stand.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-'):
			b.WriteRune(r)
		default:
			if p, ok := plainLetters[r]; ok {
				b.WriteString(p)
			} else if unicode.IsLetter(r) {
				fmt.Fprintf(&b, "u%x", r)
			}
		}
	}
	return b.String()
}

var plainLetters = map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'é': "e", 'è': "e", 'ë': "e", 'í': "i", 'ó': "o", 'ú': "u", 'ñ': "n", 'ł': "l", 'ø': "o", 'å': "a", 'ç': "c", 'ğ': "g", 'ş': "s", 'ř': "r", 'ě': "e",
	'š': "s", 'ž': "z", 'ż': "z", 'á': "a", 'ý': "y", 'đ': "d", 'ễ': "e", 'ư': "u", 'ơ': "o"}
