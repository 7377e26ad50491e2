package crm

import (
	"math/rand/v2"
	"strings"
)

// vocabulary is what names of deals are made of.
type vocabulary struct{ first, second, form, what, odd []string }

func words() vocabulary {
	list := func(words string) []string {
		all := strings.Fields(words)
		for i := range all {
			all[i] = strings.ReplaceAll(all[i], "_", " ")
		}
		return all
	}
	return vocabulary{
		first: list(`Amber Alder Baltic Birch Bright Cedar Cobalt Copper Crown Danube Delta Eastern Elbe Falcon First Garnet
			Golden Granite Green Harbour Highland Iron Jasper Juniper Lakeside Linden Maple Meridian Moravia Northern Nova Oak
			Orchid Pine Polar Quartz River Sable Silver Southern Stone Summit Swift Tatra Union Vltava Western Willow`),
		second: list(`Analytics Bakeries Bikes Books Brewery Cargo Ceramics Clinics Coffee Cosmetics Design Electric Energy Farms
			Fashion Films Foods Furniture Games Glass Gyms Hotels Housing Insurance Labs Lighting Logistics Machines Media Mills
			Motors Optics Outdoor Paper Pharmacy Plastics Printing Rail Robotics Sports Studios Telecom Textiles Tools Toys Travel
			Water`),
		form: list(`GmbH s.r.o. a.s. Ltd AG B.V. Inc SARL AB Oy`),
		what: list(`renewal upgrade 10_seats 25_seats 50_seats 120_seats 400_seats pilot second_shop annual_plan migration training
			rollout_Prague rollout_Vienna rollout_Berlin support_plan extra_storage new_till mobile_app`),
		odd: oddNames(),
	}
}

// deal is what people of sales call a deal: who buys, and what. Now and then it is what people type when nobody looks.
func (v *vocabulary) deal(n int, r *rand.Rand) string {
	if n%61 == 0 {
		return v.odd[n/61%len(v.odd)]
	}
	one := func(of []string) string { return of[r.IntN(len(of))] }
	return one(v.first) + " " + one(v.second) + " " + one(v.form) + " - " + one(v.what)
}

// oddNames are names that break whoever thought that text is text: each of them is allowed.
func oddNames() []string {
	return []string{
		"Café Zürich 🚀 relaunch",
		`O'Brien & Sons, "Premium", 2nd try`,
		"Two lines:\nsecond line of the name",
		"",
		`=HYPERLINK("http://evil.test","Click me")`,
		"<script>alert(1)</script>",
		"Semikolon; Größe; Maß",
		"東京支店 更新",
		"مقهى السوق",
		"tab\there",
		`back\slash, "quote" and 'quote'`,
		"👩‍👩‍👧‍👦 Family shop",
		"ends with a comma,",
		`"`,
		"null",
		"-1",
		"  spaces around  ",
		"Windows line\r\nbreak",
		strings.Repeat("Very ", 60) + "long name",
		"e\u0301 is not \u00e9", // the same to people, not to a computer
	}
}
