/// What `print` would write.
func shown(_ values: Any...) -> String { values.map { "\($0)" }.joined(separator: " ") }
