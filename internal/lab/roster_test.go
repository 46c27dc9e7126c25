package lab

import (
	"net/http"
	"reflect"
	"testing"
)

func TestEndlessRoster(t *testing.T) {
	g := startLab(t, WithEndlessRoster(), WithPageSize(5)).Graph()
	first := ask(t, g, http.MethodGet, "/users?$select=id&$top=999", nil).json(t)
	next, _ := first["@odata.nextLink"].(string)
	if next != g.URL()+"/v1.0/users?$select=id&$top=999" {
		t.Fatalf("nextLink %q", next)
	}
	for range 3 {
		if again := ask(t, g, http.MethodGet, next, nil).json(t); !reflect.DeepEqual(again, first) {
			t.Fatalf("another page: %v", again)
		}
	}
}

func TestForeignNextLink(t *testing.T) {
	g := startLab(t, WithForeignNextLink("https://evil.example/v1.0/users?$skiptoken=x")).Graph()
	if got := ask(t, g, http.MethodGet, "/users", nil).json(t)["@odata.nextLink"]; got != "https://evil.example/v1.0/users?$skiptoken=x" {
		t.Errorf("nextLink %v", got)
	}
}
