import Debugging
import Documents
import Plots
import Recording
import Simulation

// The picture above everything else: a plot as of the position, with what it was before the what-ifs behind it.
extension Pane {
  /// Another session whose picture is drawn into this one's, and what each of the two has that the other has not.
  struct Neighbour {
    let session: Session
    let name: String
    let ownName: String
  }

  /// How large a picture is to be, in pixels; one with a height is the first panel alone.
  struct PictureSize {
    let width: Int?
    let height: Int?

    func svg(_ plot: Plot) -> String {
      guard let width else { return plot.svg }
      let fitting = Double(max(240, min(2000, width)))
      return height.map { plot.svg(width: fitting, height: Double(max(120, min(2000, $0)))) }
        ?? plot.svg(width: fitting)
    }
  }

  /// - Parameters:
  ///   - name: Which plot; nil for the one that the source's algorithm is about.
  ///   - size: How large.
  ///   - neighbour: What it is compared with; nil where that is what it was before the what-ifs.
  func picture(_ name: String?, size: PictureSize, beside neighbour: Neighbour?) -> String {
    let kinds = memory.plots
    let chosen = kinds.first { $0.name == name }?.name ?? memory.firstPlot
    var json = JSONWriter()
    json.beginObject()
    json.member("kinds", kinds) { kind, json in
      json.member("name", kind.name)
      json.member("summary", kind.summary)
    }
    json.member("name", chosen)
    if let chosen { write(picture: chosen, size, beside: neighbour, to: &json) }
    json.endObject()
    return json.text
  }

  private func write(
    picture name: String, _ size: PictureSize, beside neighbour: Neighbour?, to json: inout JSONWriter
  ) {
    do throws(PlotError) {
      var plot = try Self.plot(name, session.trace, session.source, at: session.shownBeat)
      if let neighbour {
        if let other = Self.picture(name, of: neighbour.session) {
          plot = plot.beside(other, name: neighbour.ownName, otherName: neighbour.name)
        }
      } else if let former = formerPicture(name) {
        plot = plot.over(former)
      }
      json.member("title", plot.title)
      json.member("claim", plot.claim ?? plot.title)
      json.member("svg", size.svg(plot))
      json.member("places", plot.places(in: session.trace)) { place, json in
        json.member("term", place.term)
        json.member("at", place.beat)
      }
    } catch {
      json.member("problem", error.message)
    }
  }

  /// Formulas stand beside the terms.
  private static func plot(
    _ name: String, _ trace: Trace, _ source: Source, at beat: Int?
  ) throws(PlotError) -> Plot {
    try PlotKind.plot(name, trace: trace, source: source, at: beat, hasFormulas: false)
  }

  /// The plot as of where a session is; nil where there is nothing to plot.
  private static func picture(_ name: String, of session: Session) -> Plot? {
    do throws(PlotError) {
      return try plot(name, session.trace, session.source, at: session.shownBeat)
    } catch {
      return nil
    }
  }

  /// The same plot before the what-ifs; nil if there are none, or if there was nothing to plot.
  private func formerPicture(_ name: String) -> Plot? {
    let original = session.originalTrace
    guard original !== session.trace else { return nil }
    let beat = session.shownBeat < original.beats.count ? session.shownBeat : nil
    return former.picture(name, of: original, at: beat) {
      do throws(PlotError) {
        return try Self.plot(name, original, session.sourceAtFirst, at: beat)
      } catch {
        return nil
      }
    }
  }
}

/// The picture before the what-ifs, which stays the same while an option is dragged.
final class FormerPicture {
  private var known: (name: String, trace: Trace, beat: Int?, plot: Plot?)?

  /// The one that is known, or else a new one.
  func picture(_ name: String, of trace: Trace, at beat: Int?, draw: () -> Plot?) -> Plot? {
    if let known, known.name == name, known.trace === trace, known.beat == beat { return known.plot }
    let plot = draw()
    known = (name, trace, beat, plot)
    return plot
  }
}
