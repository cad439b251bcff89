import Foundation
import Testing

@testable import gradus

@Suite struct LineEditorTests {
  @Test(arguments: [
    (["XDG_STATE_HOME": "/state", "HOME": "/home/ada"], "/state/gradus/history"),
    (["XDG_STATE_HOME": "state", "HOME": "/home/ada"], "/home/ada/.local/state/gradus/history"),
    (["HOME": "/home/ada"], "/home/ada/.local/state/gradus/history"),
    (["HOME": ""], nil), ([:], nil),
  ])
  func keepsItsHistoryInTheStateFolder(environment: [String: String], path: String?) {
    #expect(LineEditor.historyFile(environment: environment) == path)
  }

  @Test(arguments: [
    ("ra", ["ratio[0,0]", "reward", "ratio[0,1]"], ["ratio[0,", "ratio[0,0]", "ratio[0,1]"]),
    ("rew", ["reward", "reward"], ["reward", "reward"]),
    ("", ["next", "back"], ["", "back", "next"]),
    ("grad(ra", ["grad(ratio[0,0])", "grad(value)"], ["grad(ratio[0,0])", "grad(ratio[0,0])"]),
    ("x", ["ratio"], []),
  ])
  func offersWhatBeginsAsTheWordDoes(word: String, candidates: [String], matches: [String]) {
    #expect(LineEditor.matches(for: word, among: candidates) == matches)
  }
}
