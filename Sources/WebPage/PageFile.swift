import CPage

/// A file of the folder `page`, as embedded in the program.
public struct PageFile: Sendable {
  public let name: String
  public let text: String

  public init(name: String, text: String) { (self.name, self.text) = (name, text) }

  private init(_ file: UnsafePointer<gradus_page_file>) {
    name = String(cString: file.pointee.name)
    text = String(decoding: UnsafeBufferPointer(start: file.pointee.bytes, count: file.pointee.count), as: UTF8.self)
  }

  /// The page of a player.
  public static let page = PageFile(gradus_page_html())
  /// The page that lists players.
  public static let gallery = PageFile(gradus_gallery_html())
  /// The player's style.
  public static let style = PageFile(gradus_page_style())
  /// The additional style of the list of players.
  public static let galleryStyle = PageFile(gradus_gallery_style())
  /// The modules of the player's script, each after those that it imports.
  public static let modules = (0..<gradus_page_module_count()).map { PageFile(gradus_page_module_at($0)) }
}
