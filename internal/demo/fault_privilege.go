package demo

import "github.com/droverhq/drover"

var privilegeFaults = []faultKind{
	{"adminequivalent", func(g *garden) []Fault {
		i := g.bad(awsUser, awsRole, postgresRole, directoryUser, racfUser, ibmiUser, gcpAccount, azurePrincipal)
		switch i.p {
		case awsUser, awsRole:
			i.grants = []string{"AdministratorAccess"}
		case postgresRole:
			i.attrs["rolsuper"] = true
		case directoryUser:
			group := drover.NewRef("ad", g.w.org.ad, "group", g.w.org.sid+"-512")
			i.extras(func(w *world, out *file) {
				out.node(drover.Node{Ref: group, Kind: drover.KindGroup, Type: "ad.group", Name: "Domain Admins", Aliases: []string{"sid:" + w.org.sid + "-512"}, Attrs: drover.NewAttrs(object{"objectSid": w.org.sid + "-512"})})
				out.edge(i.ref, group, drover.EdgeMemberOf, "memberOf")
			})
		case racfUser:
			i.attrs["SPECIAL"] = "YES"
		case ibmiUser:
			i.attrs["SPECIAL_AUTHORITIES"] = []string{"*ALLOBJ", "*SECADM"}
		case gcpAccount:
			i.attrs["roles"] = []string{"roles/owner"}
		case azurePrincipal:
			i.attrs["directoryRoles"] = []string{"Global Administrator"}
		}
		g.w.put(i)
		return i.on("adminequivalent", "may do everything")
	}},
}
