package lab

import (
	"slices"
	"strings"
)

// User gives the user with that id or UPN.
func (g *Graph) User(id string) (CloudUser, bool) {
	a := g.account(id)
	if a == nil {
		return CloudUser{}, false
	}
	return a.user, true
}

// Update changes any field of the user with that id or UPN but the id and what
// is about the photo. It reports whether there is such a user and the new UPN is
// one, and nobody else's; otherwise nothing changes.
func (g *Graph) Update(id string, change func(*CloudUser)) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.names[strings.ToLower(id)]
	if old == nil {
		return false
	}
	now := &account{user: old.user, place: old.place}
	change(&now.user)
	now.user.ID, now.user.Photo, now.user.NoPhoto = old.user.ID, nil, old.user.NoPhoto
	upn := strings.ToLower(now.user.UserPrincipalName)
	if other := g.names[upn]; upn == "" || other != nil && other != old {
		return false
	}
	delete(g.names, strings.ToLower(old.user.UserPrincipalName))
	g.names[upn], g.names[strings.ToLower(now.user.ID)] = now, now
	g.users = slices.Clone(g.users)
	g.users[slices.Index(g.users, old)] = now
	return true
}

// AddUser makes a user, as the synchronisation does for somebody who is new. It
// reports whether id and UPN were free.
func (g *Graph) AddUser(u CloudUser) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	id, upn := strings.ToLower(u.ID), strings.ToLower(u.UserPrincipalName)
	if id == "" || upn == "" || g.names[id] != nil || g.names[upn] != nil {
		return false
	}
	a := newAccount(u)
	g.names[id], g.names[upn] = a, a
	g.users = append(slices.Clone(g.users), a)
	return true
}

// RemoveUser deletes the user with that id or UPN. It reports whether there was one.
func (g *Graph) RemoveUser(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	gone := g.names[strings.ToLower(id)]
	if gone == nil {
		return false
	}
	delete(g.names, strings.ToLower(gone.user.ID))
	delete(g.names, strings.ToLower(gone.user.UserPrincipalName))
	g.users = slices.DeleteFunc(slices.Clone(g.users), func(a *account) bool { return a == gone })
	return true
}
