/// The common beginning of two texts, and how each goes on.
///
/// The prompt ends before the first character that differs, and gives back a space there, since a completion brings its
/// own: `The sky is blue`, `The sky is green` share `The sky is`. When one text is the beginning of the other, its last
/// character stays with the completions, so that neither is empty. TRL `extract_prompt` (data_utils.py), which counts
/// Unicode scalars too. Texts with no common beginning share the empty prompt. Nil when both are the same.
func implicitPrompt(_ chosen: String, _ rejected: String) -> (prompt: String, chosen: String, rejected: String)? {
  let (a, b) = (Array(chosen.unicodeScalars), Array(rejected.unicodeScalars))
  var end = zip(a, b).prefix { $0 == $1 }.count
  if end == a.count && end == b.count { return nil }
  if end == min(a.count, b.count) {
    end = max(end - 1, 0)
  } else if end > 0 && a[end - 1] == " " {
    end -= 1
  }
  func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
  return (text(a[..<end]), text(a[end...]), text(b[end...]))
}
