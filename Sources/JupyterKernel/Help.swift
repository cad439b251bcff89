import Debugging
import Documents

/// What a client asks while a cell is being written: how a word goes on, and what it means.
struct Help {
  let session: Session

  func complete(_ cursor: CodeCursor) -> Outgoing {
    let matches = cursor.isInScript ? [] : session.completions(of: cursor.line, cursor: cursor.column)
    return Outgoing("complete_reply") { json in
      json.member("status", "ok")
      json.member("matches", strings: matches)
      json.member("cursor_start", cursor.lineStart + (matches.isEmpty ? cursor.column : cursor.wordStart))
      json.member("cursor_end", cursor.lineStart + cursor.column)
      json.key("metadata")
      json.beginObject()
      json.endObject()
    }
  }

  func inspect(_ cursor: CodeCursor) -> Outgoing {
    let text = cursor.isInScript ? nil : description(at: cursor)
    return Outgoing("inspect_reply") { json in
      json.member("status", "ok")
      json.member("found", text != nil)
      if let text {
        json.writeData(plain: text)
      } else {
        json.writeData()
      }
    }
  }

  /// What the debugger says about a command, or about the term, the option or the stage at the cursor.
  private func description(at cursor: CodeCursor) -> String? {
    if cursor.command.isEmpty { return nil }
    var questions = cursor.isInCommand ? [] : cursor.names.flatMap { ["explain \($0)", "help \($0)"] }
    questions.append("help \(cursor.command)")
    for question in questions {
      var session = session
      let reply = session.run(question)
      if !reply.isError, !reply.text.isEmpty { return reply.text.plain.trimmingLineEnd }
    }
    return nil
  }

  /// A command is one line, complete as it stands; a script goes on to an empty line.
  func isComplete(_ code: String) -> Outgoing {
    let isOpen = CodeCursor(code: code, position: 0).isInScript && !(code.hasSuffix("\n\n") || code.hasSuffix("\n \n"))
    return Outgoing("is_complete_reply") { json in
      json.member("status", isOpen ? "incomplete" : "complete")
      if isOpen { json.member("indent", "") }
    }
  }
}
