package photo

import "testing"

func BenchmarkDecode(b *testing.B) {
	value := fixture(b, "portrait.jpg") // 240x320, 17 KB
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		if _, err := Decode(value); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	whole, encoded := mustDecode(b, fixture(b, "portrait.jpg")), mustDecode(b, fixture(b, "portrait-40.jpg"))
	cut := mustDecode(b, fixture(b, "portrait-top-48.jpg"))
	b.Run("one shape", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Compare(whole, encoded)
		}
	})
	b.Run("cut square", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Compare(whole, cut)
		}
	})
}
