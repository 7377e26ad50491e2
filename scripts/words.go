package scripts

import "strings"

// words are what names, streets, towns and goods of the pretend shop are made of: kind by kind, the first of each kind
// has the id that is a hundred times the kind's number.
func words() [][]string {
	var lists [][]string
	for _, kind := range []string{
		`Adam Anna Boris Clara David Elena Filip Greta Hugo Irma Jakub Klara Leo Marta Nora Oskar Petra Quido Rosa Simon
			Tereza Ulrik Vera Zita`,
		`Adler Benda Cerny Dvorak Eder Fiala Gruber Horak Ivanov Jansa Kolar Lang Maly Novak Olsen Pokorny Ruzek Svoboda
			Toman Urban Vesely Weiss Young Zeman`,
		`Harbour Mill Station Garden Church Bridge Castle River Market Forest Hill School`,
		`Prague Brno Vienna Linz Graz Dresden Leipzig Krakow Wroclaw Bratislava Kosice Ljubljana`,
		`Lamp Chair Desk Kettle Mirror Shelf Basket Blanket Clock Vase Pillow Stool`,
	} {
		lists = append(lists, strings.Fields(kind))
	}
	return lists
}
