import CEmbedded

/// A file of the folder `page`, as embedded in the program.
public struct PageFile: Sendable {
  public let name: String
  public let text: String

  public init(name: String, text: String) { (self.name, self.text) = (name, text) }

  private init(_ file: gradus_file) {
    name = String(cString: file.name)
    text = String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
  }

  /// The page of a player.
  public static let page = PageFile(gradus_page_html)
  /// The page that lists players.
  public static let gallery = PageFile(gradus_gallery_html)
  /// The player's style.
  public static let style = PageFile(gradus_page_style)
  /// What the list of players adds to it.
  public static let galleryStyle = PageFile(gradus_gallery_style)
  /// The page of slides, its style and its script.
  public static let slides = PageFile(gradus_slides_html)
  public static let slidesStyle = PageFile(gradus_slides_style)
  public static let slidesScript = PageFile(gradus_slides_script)
  /// The modules of the player's script, each after those that it imports.
  public static let modules = all(of: gradus_page_modules)
  /// The modules of the script that unpacks and starts the player's.
  public static let startModules = all(of: gradus_start_modules)
  /// What a page has beside them that trains a transformer.
  public static let trainingModules = all(of: gradus_training_modules)
  public static let trainingStyle = PageFile(gradus_training_style)

  private static func all(of files: gradus_files) -> [PageFile] {
    (0..<files.count).map { PageFile(files.first[$0]) }
  }
}
