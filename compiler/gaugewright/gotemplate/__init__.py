"""Go's templates, as Prometheus expands them in alerts' annotations and labels; and Grafana's legends.

`parse` reads a text into a tree as Go's text/template/parse does, `analysis` says what would go wrong when
it is expanded and which labels it shows, `legends` reads the simpler `{{ label }}` of Grafana.
"""
