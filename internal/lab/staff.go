package lab

// member is a line of the small company's staff list.
type member struct {
	display    string
	given      string
	surname    string
	account    string // local part of UPN and mail
	department string
	look       look
	cases      []string
}

// staff is everybody of the small company, with the cases that each is there
// for. SmallCompany turns a case into what is on both sides.
var staff = []member{
	{"Anna Müller", "Anna", "Müller", "anna.mueller", "Finance", longHair | fairSkin, []string{CaseInSync}},
	{"Łukasz Wójcik", "Łukasz", "Wójcik", "lukasz.wojcik", "Engineering", fairSkin, []string{CaseInSync}},
	{"李娜 (Li Na)", "Na", "Li", "na.li", "Engineering", longHair | fairSkin | darkHair, []string{CaseInSync}},
	{"William Chen", "William", "Chen", "william.chen", "IT", shortHair | fairSkin | darkHair, []string{CaseInSync}},
	{"Sofia Rossi", "Sofia", "Rossi", "sofia.rossi", "Marketing", longHair | fairSkin, []string{CaseCropped}},
	{"James Okafor", "James", "Okafor", "james.okafor", "Sales", darkSkin, []string{CaseOnPremisesBetter}},
	{"Ravi Patel", "Ravi", "Patel", "ravi.patel", "IT", oliveSkin, []string{CaseCloudBetter}},
	{"Jürgen Groß", "Jürgen", "Groß", "juergen.gross", "Operations", fairSkin, []string{CaseDrifted}},
	{"Priya Raman", "Priya", "Raman", "priya.raman", "Finance", longHair | oliveSkin, []string{CaseDrifted}},
	{"Małgorzata Zielińska", "Małgorzata", "Zielińska", "malgorzata.zielinska", "Human Resources", longHair | fairSkin, []string{CaseDrifted}},
	{"Tom Bakker", "Tom", "Bakker", "tom.bakker", "Sales", fairSkin, []string{CaseDrifted}},
	{"Elif Yılmaz", "Elif", "Yılmaz", "elif.yilmaz", "Legal", longHair | oliveSkin, []string{CaseMissingInCloud}},
	{"Henrik Sørensen", "Henrik", "Sørensen", "henrik.sorensen", "Sales", fairSkin, []string{CaseMissingInCloud}},
	{"Chloé Dubois", "Chloé", "Dubois", "chloe.dubois", "Marketing", longHair | fairSkin, []string{CaseNeverArrived}},
	{"王伟 (Wang Wei)", "Wei", "Wang", "wei.wang", "Engineering", shortHair | fairSkin | darkHair, []string{CaseOverAttributeLimit}},
	{"Peter Novák", "Peter", "Novák", "peter.novak", "Operations", fairSkin, []string{CaseNotAnImage}},
	{"Grace Mwangi", "Grace", "Mwangi", "grace.mwangi", "Finance", longHair | darkSkin, []string{CaseBase64Text}},
	{"Diego Fernández", "Diego", "Fernández", "diego.fernandez", "Sales", oliveSkin, []string{CaseTruncated}},
	{"Karin Lindqvist", "Karin", "Lindqvist", "karin.lindqvist", "Legal", longHair | fairSkin, []string{CaseDisabledAccount, CaseMissingInCloud}},
	{"Reception Desk", "", "", "reception", "Operations", shortHair | oliveSkin, []string{CaseSharedMailbox, CaseMissingInCloud}},
	{"Oliver Schmidt", "Oliver", "Schmidt", "oliver.schmidt", "Engineering", fairSkin, []string{CaseGuest}},
	{"Yuki Tanaka", "Yuki", "Tanaka", "yuki.tanaka", "Human Resources", longHair | fairSkin | darkHair, []string{CaseUnmatched}},
	{"Maria Kowalska", "Maria", "Kowalska", "maria.kowalska", "Marketing", longHair | fairSkin, []string{CaseTwoPeople}},
	{"Marta Kowalska", "Marta", "Kowalska", "marta.kowalska", "Marketing", longHair | fairSkin, []string{CaseTwoPeople}},
	{"Samuel Cohen", "Samuel", "Cohen", "samuel.cohen", "Legal", oliveSkin, []string{CaseTwoCloudUsers}},
	{"Aoife Brennan", "Aoife", "Brennan", "aoife.brennan", "Human Resources", longHair | fairSkin, []string{CaseAnchorMismatch}},
	{"Ingrid Haugen", "Ingrid", "Haugen", "ingrid.haugen", "Finance", longHair | fairSkin, []string{CaseNoPhoto}},
	{"Mateus Silva", "Mateus", "Silva", "mateus.silva", "IT", oliveSkin, []string{CaseCloudOnly}},
	{"Zoë Peeters", "Zoë", "Peeters", "zoe.peeters", "Operations", longHair | fairSkin, []string{CaseConsistencyGUID, CaseInSync}},
	{"Nikolai Petrov", "Nikolai", "Petrov", "nikolai.petrov", "Engineering", fairSkin, []string{CaseMatchedByUPN, CaseInSync}},
	{"Laura Jensen", "Laura", "Jensen", "laura.jensen", "Sales", longHair | fairSkin, []string{CaseMatchedByMail, CaseDrifted}},
}

func (m member) has(name string) bool {
	for _, c := range m.cases {
		if c == name {
			return true
		}
	}
	return false
}

// dn gives the place of the member in the directory. One has the form "surname,
// given name", whose comma is escaped.
func (m member) dn(base string) string {
	name := m.display
	if m.account == "oliver.schmidt" {
		name = m.surname + `\, ` + m.given
	}
	unit := "OU=" + m.department + ",OU=Staff"
	if m.has(CaseSharedMailbox) {
		unit = "OU=Shared Mailboxes"
	}
	return "CN=" + name + "," + unit + "," + base
}
