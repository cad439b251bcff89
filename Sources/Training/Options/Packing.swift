/// How examples are put together until they have `max_length` tokens: best fit decreasing.
///
/// The longest comes first; each goes where it leaves the least room, and where several have that room, where it has been
/// longest. Source: Ding et al. 2024, Fewer Truncations Improve Language Modeling; TRL `pack_dataset`.
enum Packing: String, CaseIterable, Sendable {
  /// Longer texts are cut off.
  case bestFit = "bfd"
  /// Longer texts are cut into pieces.
  case bestFitOfPieces = "bfd_split"

  /// The texts of each pack, by their numbers.
  ///
  /// - Parameters:
  ///   - lengths: How many tokens each text has, from 1 to `most`.
  ///   - most: How many a pack has room for.
  static func packs(_ lengths: [Int], most: Int) -> [[Int]] {
    var packs: [[Int]] = []
    // The packs that have this much room, the one that had it first in front; and the rooms there are, in order.
    var packsWithRoom: [Int: [Int]] = [:]
    var rooms: [Int] = []
    let order = lengths.indices.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
    for text in order {
      let place = firstIndex(in: rooms, atLeast: lengths[text])
      let pack: Int
      let room: Int
      if place < rooms.count {
        room = rooms[place]
        pack = packsWithRoom[room, default: []].removeFirst()
        if packsWithRoom[room, default: []].isEmpty { rooms.remove(at: place) }
      } else {
        (pack, room) = (packs.count, most)
        packs.append([])
      }
      packs[pack].append(text)
      let left = room - lengths[text]
      guard left > 0 else { continue }
      if packsWithRoom[left, default: []].isEmpty { rooms.insert(left, at: firstIndex(in: rooms, atLeast: left)) }
      packsWithRoom[left, default: []].append(pack)
    }
    return packs
  }

  /// Where the first of some ascending numbers stands that is not less than this.
  private static func firstIndex(in numbers: [Int], atLeast number: Int) -> Int {
    var (low, high) = (0, numbers.count)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
