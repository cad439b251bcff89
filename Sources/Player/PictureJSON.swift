import Debugging
import Documents
import Plots
import Recording

// The picture above everything else: a plot as of the position, with what it was before the what-ifs behind it.
extension Pane {
  /// - Parameter name: Which plot; nil for the one that the source's algorithm is about.
  func picture(_ name: String?) -> String {
    let kinds = memory.plots
    let chosen = kinds.first { $0.name == name }?.name ?? memory.firstPlot
    var json = JSONWriter()
    json.beginObject()
    json.member("kinds", kinds) { kind, json in
      json.member("name", kind.name)
      json.member("summary", kind.summary)
    }
    json.member("name", chosen)
    if let chosen { write(picture: chosen, to: &json) }
    json.endObject()
    return json.text
  }

  private func write(picture name: String, to json: inout JSONWriter) {
    do throws(PlotError) {
      var plot = try PlotKind.plot(name, trace: session.trace, source: session.source, at: session.shownBeat)
      if let former = formerPicture(name) { plot = plot.over(former) }
      plot.formulas = []  // they stand beside the terms
      json.member("title", plot.title)
      json.member("claim", plot.claim ?? plot.title)
      json.member("svg", plot.svg)
      json.member("places", plot.places(in: session.trace)) { place, json in
        json.member("term", place.term)
        json.member("at", place.beat)
      }
    } catch {
      json.member("problem", error.message)
    }
  }

  /// The same plot before the what-ifs; nil if there are none, or if there was nothing to plot.
  private func formerPicture(_ name: String) -> Plot? {
    let original = session.originalTrace
    guard original !== session.trace else { return nil }
    let beat = session.shownBeat < original.beats.count ? session.shownBeat : nil
    do throws(PlotError) {
      return try PlotKind.plot(name, trace: original, source: session.sourceAtFirst, at: beat)
    } catch {
      return nil
    }
  }
}
