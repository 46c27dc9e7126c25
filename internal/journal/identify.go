package journal

import (
	"maps"
	"slices"
	"strings"

	"photosync/internal/record"
)

// identities says who is who in a journal. A person is known by their
// objectGUID, for names are changed and given to others; where a write has none,
// by that of the writes with the same cloud id; where these have none, or more
// than one, by the cloud id; and where there is none either, by the UPN.
type identities struct {
	guids  map[string]map[string]bool // objectGUIDs by cloud id
	wanted map[string]bool            // the people that were asked for
}

// identify finds out who is meant. The errors are WriteNotFound,
// IdentityAmbiguous and JournalUnusable.
func identify(dir string, names []string) (*identities, error) {
	who := &identities{guids: make(map[string]map[string]bool), wanted: make(map[string]bool)}
	fits := make([][]Write, len(names)) // one write of each person, by name
	err := Walk(dir, func(r Record) error {
		for _, w := range r.Writes {
			if w.ObjectGUID != "" && w.CloudID != "" {
				cloud := strings.ToLower(w.CloudID)
				if who.guids[cloud] == nil {
					who.guids[cloud] = make(map[string]bool)
				}
				who.guids[cloud][strings.ToLower(w.ObjectGUID)] = true
			}
			for i, name := range names {
				if w.Is(name) && !slices.ContainsFunc(fits[i], func(o Write) bool { return samePerson(o, w) }) {
					fits[i] = append(fits[i], w)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		people := make(map[string]bool)
		for _, w := range fits[i] {
			people[who.of(w)] = true
		}
		switch list := slices.Sorted(maps.Keys(people)); {
		case people[bare(name)]:
			who.wanted[bare(name)] = true
		case len(list) == 0:
			return nil, record.Errorf(record.WriteNotFound, "look for writes of %s below %s: the journal has none", record.OneLine(name), dir).On(name)
		case len(list) == 1:
			who.wanted[list[0]] = true
		default:
			return nil, record.Errorf(record.IdentityAmbiguous, "look for writes of %s below %s: the name fits %s", record.OneLine(name), dir,
				record.OneLine(strings.Join(list, " and "))).On(name).Advise("Name the person by one of these.")
		}
	}
	return who, nil
}

// bare gives a name as [identities.of] gives it.
func bare(name string) string { return strings.ToLower(unbraced(strings.TrimSpace(name))) }

// samePerson reports whether two writes have the same keys.
func samePerson(a, b Write) bool {
	return a.ObjectGUID == b.ObjectGUID && a.CloudID == b.CloudID && a.UserPrincipalName == b.UserPrincipalName
}

// of gives by what the person of a write is known, in lower case.
func (who *identities) of(w Write) string {
	if w.ObjectGUID != "" {
		return strings.ToLower(w.ObjectGUID)
	}
	cloud := strings.ToLower(w.CloudID)
	if guids := who.guids[cloud]; len(guids) == 1 {
		for guid := range guids {
			return guid
		}
	}
	if cloud != "" {
		return cloud
	}
	return strings.ToLower(w.UserPrincipalName)
}
