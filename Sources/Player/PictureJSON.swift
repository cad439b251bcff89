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

  /// How large a picture is to be, in pixels, and whether it is one panel alone, which has its title elsewhere.
  struct PictureSize {
    let width: Int?
    let height: Int?
    let isOnePanel: Bool
    let hasTitle: Bool

    func svg(_ plot: Plot) -> String {
      var plot = isOnePanel ? plot.onePanel : plot
      if !hasTitle { plot.title = "" }
      guard let width else { return plot.svg }
      let fitting = Double(max(240, min(2000, width)))
      return height.map { plot.svg(width: fitting, height: Double(max(120, min(2000, $0)))) }
        ?? plot.svg(width: fitting)
    }
  }

  /// - Parameters:
  ///   - name: Which plot; nil for the one that the source's algorithm is about.
  ///   - about: The terms that it is to be about, where it has a choice.
  ///   - size: How large.
  ///   - neighbour: What it is compared with; nil where that is what it was before the what-ifs.
  func picture(_ name: String?, about: [String], size: PictureSize, beside neighbour: Neighbour?) -> String {
    let kinds = memory.plots
    let chosen = kinds.first { $0.name == name }?.name ?? memory.firstPlot
    var json = JSONWriter()
    json.beginObject()
    json.member("kinds", kinds) { kind, json in
      json.member("name", kind.name)
      json.member("summary", kind.summary)
    }
    json.member("name", chosen)
    if let chosen { write(picture: chosen, about: keys(of: about), size, beside: neighbour, to: &json) }
    json.endObject()
    return json.text
  }

  /// Those of some texts that are terms.
  private func keys(of texts: [String]) -> [TermKey] {
    texts.compactMap { text in
      do throws(TermTextError) {
        return try session.trace.glossary.key(parsing: text)
      } catch {
        return nil
      }
    }
  }

  private func write(
    picture name: String, about: [TermKey], _ size: PictureSize, beside neighbour: Neighbour?, to json: inout JSONWriter
  ) {
    do throws(PlotError) {
      var plot = try Self.plot(name, session.trace, session.source, at: session.beat, about: about)
      if let neighbour {
        if let other = Self.picture(name, of: neighbour.session, about: about) {
          plot = plot.beside(other, name: neighbour.ownName, otherName: neighbour.name)
        }
      } else if let former = formerPicture(name, about: about) {
        plot = plot.over(former)
      }
      json.member("title", plot.title)
      json.member("claim", plot.claim ?? plot.title)
      let own = about + session.trace.beats[session.tellingBeat].terms.map { session.trace.terms[$0].key }
      json.member("svg", size.svg(plot.focused(on: own.map { session.trace.glossary.text($0) })))
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
    _ name: String, _ trace: Trace, _ source: Source, at beat: Int?, about: [TermKey]
  ) throws(PlotError) -> Plot {
    try PlotKind.plot(name, trace: trace, source: source, at: beat, about: about, hasFormulas: false)
  }

  /// The plot as of where a session is; nil where there is nothing to plot.
  private static func picture(_ name: String, of session: Session, about: [TermKey]) -> Plot? {
    do throws(PlotError) {
      return try plot(name, session.trace, session.source, at: session.beat, about: about)
    } catch {
      return nil
    }
  }

  /// The same plot before the what-ifs; nil if there are none, or if there was nothing to plot.
  private func formerPicture(_ name: String, about: [TermKey]) -> Plot? {
    let original = session.originalTrace
    guard original !== session.trace else { return nil }
    let beat = session.beat < original.beats.count ? session.beat : nil
    return former.picture(name, of: original, at: beat, about: about) {
      do throws(PlotError) {
        return try Self.plot(name, original, session.sourceAtFirst, at: beat, about: about)
      } catch {
        return nil
      }
    }
  }
}

/// The picture before the what-ifs, which stays the same while an option is dragged.
final class FormerPicture {
  private var known: (name: String, trace: Trace, beat: Int?, about: [TermKey], plot: Plot?)?

  /// The one that is known, or else a new one.
  func picture(_ name: String, of trace: Trace, at beat: Int?, about: [TermKey], draw: () -> Plot?) -> Plot? {
    if let known, known.name == name, known.trace === trace, known.beat == beat, known.about == about {
      return known.plot
    }
    let plot = draw()
    known = (name, trace, beat, about, plot)
    return plot
  }
}
