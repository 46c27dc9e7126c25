package main

import "strconv"

// driftRow appends the nth row to b, with every property of the contract's Row,
// in its order, and about as large as a real one.
func driftRow(b []byte, n int) []byte {
	number := strconv.Itoa(n)
	hex := "000000000000"[:12-len(number)] + number
	b = append(b, `{"UserPrincipalName":"person`...)
	b = append(b, number...)
	b = append(b, `@corp.example","DisplayName":"M\u00fcller, Person `...)
	b = append(b, number...)
	b = append(b, `","SamAccountName":"person`...)
	b = append(b, number...)
	b = append(b, `","ObjectGuid":"3f2504e0-4f89-11d3-9a0c-`...)
	b = append(b, hex...)
	b = append(b, `","DistinguishedName":"CN=Person `...)
	b = append(b, number...)
	b = append(b, `,OU=Staff,OU=Vienna,DC=corp,DC=example","CloudId":"8a0e1b52-6c1d-4a57-b0e7-`...)
	b = append(b, hex...)
	b = append(b, `","MatchedBy":"ImmutableId","Status":"Drifted","Reason":"NoBaseline","Findings":"OverExchangeImportLimit,DisabledAccount",`+
		`"Action":"Review","ChangedSide":null,"Distance":0.3125,"OnPremisesBytes":`...)
	b = strconv.AppendInt(b, int64(8000+n%4000), 10)
	b = append(b, `,"OnPremisesFormat":"JPEG","OnPremisesWidth":96,"OnPremisesHeight":96,"OnPremisesSha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d`...)
	b = append(b, hex...)
	b = append(b, `","OnPremisesChangedAt":"2026-01-31T23:59:59.123Z","CloudBytes":14820,"CloudFormat":"JPEG","CloudWidth":240,"CloudHeight":240,`+
		`"CloudETag":"\"BA09D118\"","ErrorCode":null,"ErrorMessage":null,"Remedy":null,"RequestId":"7d2f4a1e-3c5b-4b8e-9a60-`...)
	b = append(b, hex...)
	return append(b, `"}`...)
}

// batch appends a result line with the rows first to last.
func batch(b []byte, id int64, first, last int) []byte {
	b = append(b, `{"v":1,"type":"result","id":`...)
	b = strconv.AppendInt(b, id, 10)
	b = append(b, `,"kind":"drift","items":[`...)
	for n := first; n <= last; n++ {
		if n > first {
			b = append(b, ',')
		}
		b = driftRow(b, n)
	}
	return append(b, "]}\n"...)
}

// many gives rows in batches of 25, as fast as they are taken.
func (c *child) many(count int) {
	var b []byte
	for first := c.given + 1; count > 0; {
		size := min(25, count)
		b = batch(b[:0], c.id, first, first+size-1)
		c.given += size
		count -= size
		first += size
		c.mu.Lock()
		c.print(string(b))
		c.mu.Unlock()
	}
	c.mu.Lock()
	c.flush()
	c.mu.Unlock()
}
