import Documents
import Foundation
import Testing

@testable import Formats

@Suite struct TokenizerTests {
  static let names = [
    "characters", "bytes", "llama3", "qwen2", "llama2", "odd", "fuse", "sentencepiece", "unigram", "unigram-whole",
    "wordpiece",
  ]

  static func bytes(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: "Tokenizers/\(name)", withExtension: "json"))
    return [UInt8](try Data(contentsOf: url))
  }

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer(json: bytes(name), fileName: "\(name).json")
  }

  /// What `tokenizers` 0.23 makes of 230 texts.
  @Test(arguments: names) func everyTextHasTheTokensThatHuggingFaceGivesIt(name: String) throws {
    let tokenizer = try Self.tokenizer(name)
    for entry in try JSONReader.read(Self.bytes("strings")).list() {
      let fields = try entry.object("a case")
      let text = try fields.required("text").string()
      let expected = try fields.required(name).list()
      let ids = try expected[0].list().map { Int32(try $0.integer()) }
      #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
      let decoded = tokenizer.decode(ids)
      #expect(
        try Array(decoded.unicodeScalars) == Array(expected[1].string().unicodeScalars), "\(text.debugDescription)")
    }
  }

  @Test func aTemplateAddsItsTokensWhenAsked() throws {
    let tokenizer = try Self.tokenizer("llama3")
    #expect(tokenizer.encode("a b", addSpecialTokens: true) == [1, 67, 271])
    #expect(tokenizer.encode("a b") == [67, 271])
    #expect(tokenizer.decode([1, 67, 2], skipSpecialTokens: true) == "a")
  }

  @Test func bytesThatAreNoTextBecomeReplacementCharacters() throws {
    let tokenizer = try Self.tokenizer("bytes")
    let ids = tokenizer.encode("🙂")
    #expect(tokenizer.decode(ids.dropLast()) == "\u{fffd}")
    #expect(tokenizer.decode([ids[1], 67]) == "\u{fffd}a")
    #expect(tokenizer.decode([-1, 67, 100_000]) == "a")
  }

  @Test func aTokenIsShownWithItsSpace() throws {
    let tokenizer = try Self.tokenizer("bytes")
    #expect(tokenizer.encode(" the").map(tokenizer.token) == [" the"])
    #expect(tokenizer.encode("é").map(tokenizer.token) == ["<0xC3>", "<0xA9>"])
    #expect(tokenizer.token(2) == "<eos>")
    #expect(tokenizer.token(9_999) == "<9999>")
    #expect(try Self.tokenizer("llama2").token(259) == " ")
  }

  /// One word of 140,000 characters.
  @Test(arguments: ["llama2", "sentencepiece", "unigram-whole"])
  func longTextsTakeAMomentOnly(name: String) throws {
    let text = String(repeating: "the hello all ", count: 10_000)
    let tokenizer = try Self.tokenizer(name)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test func aPieceAfterAnAddedTokenHasNoSpaceUnlessEveryOneHas() throws {
    let (first, always) = (try Self.tokenizer("sentencepiece"), try Self.tokenizer("unigram"))
    let word = try #require(first.id(of: "▁the"))
    #expect(first.encode("the") == [word])
    #expect(first.encode("<s>the").map(first.token) == ["<s>", "t", "he"])
    #expect(always.encode("<s>the").dropFirst() == always.encode("the")[...])
  }

  @Test(arguments: [
    (
      #""type":"BPE""#, #""type":"WordLevel""#,
      "the model 'WordLevel' is not supported; supported are: BPE, Unigram, WordPiece"
    ),
    (#""dropout":null"#, #""dropout":0.1"#, "dropout is not supported"),
    (#""type":"Fuse""#, #""type":"CTC""#, "the decoder 'CTC' is not supported"),
    (#""type":"TemplateProcessing""#, #""type":"Other""#, "the post-processor 'Other' is not supported"),
    (#""pre_tokenizer":null"#, #""pre_tokenizer":{"type":"Other"}"#, "the pre-tokenizer 'Other' is not supported"),
    (
      #""pre_tokenizer":null"#, #""pre_tokenizer":{"type":"Metaspace","prepend_scheme":"last"}"#,
      "prepend_scheme must be always, first or never"
    ),
    (
      #""pre_tokenizer":null"#, #""pre_tokenizer":{"type":"Metaspace","replacement":"__"}"#,
      "replacement must be one character"
    ),
    (#""normalizer":null"#, #""normalizer":{"type":"Nmt"}"#, "the normalizer 'Nmt' is not supported"),
    (
      #""normalizer":null"#, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA!"}"#,
      "precompiled_charsmap is not a table of SentencePiece"
    ),
    (
      #""normalizer":null"#, #""normalizer":{"type":"Replace","pattern":{"Regex":"("},"content":""}"#,
      "'(' is not a regular"
    ),
    (#""merges":[]"#, #""merges":["a b c"]"#, "a merge must have two parts"),
    (#""merges":[]"#, #""merges":["a b"]"#, "the merge of 'a' and 'b'"),
    (#""b":71"#, #""b":70"#, "the number 70 belongs to 'a' and 'b'"),
    (#""b":71"#, #""b":-1"#, "the number of a token must be 0 to"),
    (#""b":71"#, #""b":99999999"#, "the number of a token must be 0 to"),
    (#""unk_token":"<unk>""#, #""unk_token":"<what>""#, "the unk_token '<what>' is not in vocab"),
    (#""id":2,"#, #""id":9,"#, "the added token '<eos>' has another number in the vocabulary than 9"),
  ])
  func whatCannotBeDoneExactlyIsRefused(old: String, new: String, reason: String) throws {
    let json = String(decoding: try Self.bytes("characters"), as: UTF8.self)
    let changed = json.replacingOccurrences(of: old, with: new)
    #expect(changed != json)
    let error = #expect(throws: FileError.self) { try Tokenizer(json: Array(changed.utf8), fileName: "t.json") }
    #expect(error?.description.hasPrefix("t.json:1:") == true)
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }
}

@Suite struct NewTokenizerTests {
  @Test func charactersAreTokens() throws {
    let tokenizer = try Tokenizer.characters(in: "cab\n", "é🙂")
    #expect(tokenizer.vocabularySize == 10)
    #expect(tokenizer.special == .init(beginning: 1, end: 2, padding: 0, unknown: 3))
    #expect(tokenizer.encode("abc\né🙂") == [5, 6, 7, 4, 8, 9])
    #expect(tokenizer.encode("a<eos>z") == [5, 2, 3])
    #expect(tokenizer.decode([5, 6, 7, 4, 8, 9]) == "abc\né🙂")
  }

  @Test func eachWordIsOneTokenWithAndWithoutASpace() throws {
    let words = ["the", "film", "was", "wonderful", ".", "é", "film", "don't"]
    let tokenizer = try Tokenizer.words(words)
    #expect(tokenizer.special == .init(beginning: 1, end: 2, padding: 0))
    for word in words.dropLast() {
      #expect(tokenizer.encode(word).count == 1)
      #expect(tokenizer.encode(" " + word).count == 1)
    }
    #expect(tokenizer.encode("don't").map(tokenizer.token) == ["don", "'t"])
    #expect(
      tokenizer.encode("the film was wonderful.").map(tokenizer.token) == ["the", " film", " was", " wonderful", "."])
  }

  @Test func everyTextComesBack() throws {
    let tokenizer = try Tokenizer.words(["the", "film"])
    let ascii = String(decoding: (0..<128).map { UInt8($0) } + (0..<128).reversed().map { UInt8($0) }, as: UTF8.self)
    for text in [ascii, "", "the filmmaker\r\n the  film", "naïve 🙂 e\u{301}"] {
      #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
    }
  }
}
