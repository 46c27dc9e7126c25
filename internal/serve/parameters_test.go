package serve

import (
	"reflect"
	"testing"

	"photosync/internal/record"
)

// Every parameter of every operation has a field that takes it, and no field is
// one that no operation has.
func TestParametersAreThoseOfTheContract(t *testing.T) {
	fields := make(map[string]bool)
	for _, f := range reflect.VisibleFields(reflect.TypeFor[parameters]()) {
		if !f.Anonymous {
			fields[f.Tag.Get("json")] = false
		}
	}
	for _, o := range record.Operations {
		for _, p := range o.Parameters {
			if _, there := fields[p.Name]; !there {
				t.Errorf("nothing takes %s of %s", p.Name, o.Name)
			}
			fields[p.Name] = true
		}
	}
	for name, known := range fields {
		if !known {
			t.Errorf("no operation has %s", name)
		}
	}
}
