package beyondpurpose

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// An area is a part of a business that has data and rules of its own.
type area string

const (
	staff     area = "staff"
	payments  area = "payments"
	finance   area = "finance"
	shop      area = "the shop"
	logistics area = "logistics"
	marketing area = "marketing"
	support   area = "support"
	health    area = "health"
	devices   area = "devices"
)

// areas are words that speak of one area. Words that several areas use are not in it.
var areas = map[string]area{
	"hr": staff, "payroll": staff, "workday": staff, "recruiting": staff, "applicants": staff, "successfactors": staff, "salaries": staff, "timesheet": staff, "onboarding": staff, "hris": staff,
	"payment": payments, "payments": payments, "payout": payments, "payouts": payments, "checkout": payments, "refund": payments, "refunds": payments, "chargeback": payments, "chargebacks": payments, "stripe": payments, "adyen": payments, "card": payments, "cards": payments, "psp": payments, "settlement": payments,
	"finance": finance, "accounting": finance, "ledger": finance, "invoice": finance, "invoices": finance, "invoicing": finance, "billing": finance, "tax": finance, "vat": finance, "treasury": finance,
	"shop": shop, "webshop": shop, "storefront": shop, "basket": shop, "cart": shop, "orders": shop, "order": shop, "catalog": shop, "catalogue": shop, "products": shop, "pricing": shop,
	"logistics": logistics, "warehouse": logistics, "fulfilment": logistics, "fulfillment": logistics, "shipping": logistics, "shipment": logistics, "shipments": logistics, "picklist": logistics, "stock": logistics, "carrier": logistics,
	"marketing": marketing, "newsletter": marketing, "campaign": marketing, "campaigns": marketing, "loyalty": marketing, "referral": marketing, "seo": marketing,
	"helpdesk": support, "tickets": support, "ticketing": support, "zendesk": support,
	"patient": health, "patients": health, "clinical": health, "ehr": health, "fhir": health, "prescriptions": health,
	"scanner": devices, "thermostat": devices, "sensor": devices, "sensors": devices, "printer": devices, "printers": devices, "camera": devices, "cameras": devices, "hvac": devices,
}

// common are purposes of accounts whose work is to reach everything.
var common = map[string]bool{
	"ci-cd": true, "infrastructure": true, "monitoring": true, "backup": true, "security-scanning": true, "reporting": true, "data-pipeline": true, "integration": true, "database": true, "storage": true,
	"authentication": true, "search": true, "scheduling": true, "api-gateway": true, "machine-learning": true,
}

// areaOf is the one area that a row speaks of, and the word that says so.
func areaOf(p *check.Pass, row int) (a area, word string, ok bool) {
	f := p.Graph.Facts(row)
	if p.Graph.Kind(row) == drover.KindIdentity && common[f.Purpose] {
		return "", "", false
	}
	for _, text := range []string{f.Purpose, f.Function, p.Graph.Name(row)} {
		if len(text) > 300 {
			continue
		}
		for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && r < 0x80 }) {
			is, known := areas[w]
			switch {
			case !known:
			case a == "":
				a, word = is, w
			case a != is:
				return "", "", false
			}
		}
	}
	return a, word, a != ""
}

// kin are areas that work on each other's data every day.
var kin = map[[2]area]bool{
	{payments, finance}: true, {payments, shop}: true, {shop, logistics}: true, {shop, marketing}: true, {shop, support}: true, {payments, support}: true, {shop, finance}: true,
	{logistics, devices}: true, {logistics, finance}: true, {staff, finance}: true,
}

func related(a, b area) bool { return a == b || kin[[2]area{a, b}] || kin[[2]area{b, a}] }
