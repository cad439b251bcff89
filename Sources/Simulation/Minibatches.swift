import Autodiff

/// Shuffled indices in parts whose sizes differ by one at most, each part in ascending order.
func shuffledParts(_ parts: Int, of count: Int, random: inout RandomStream) -> [[Int]] {
  let order = random.shuffled(count)
  return (0..<parts).map { part in
    Array(order[(part * count / parts)..<((part + 1) * count / parts)]).sorted()
  }
}
