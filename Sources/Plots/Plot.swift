/// A picture of numbers as data: what stands where, in the numbers' own units.
///
/// Curves are computed, points and bars are recorded: each names the expression of recorded terms that its number is.
/// `SVG`, the terminal's text and Graphviz's drawing are made from it.
public struct Plot: Sendable {
  /// What is seen, as a sentence.
  public var title: String
  /// From where in the run it is, and what its marks mean.
  public var subtitle: String
  /// What else there is to be said of it, where there is room.
  public var remarks: [String]
  /// What it shows of the method, in a plain sentence that holds for what is drawn; nil where the title is plain enough.
  public var claim: String?
  /// The formulas of the curves, read off the tape.
  public var formulas: [Formula]
  public var panels: [Panel]
  /// Which panel is shown where there is no room for all.
  public var focus = 0

  public init(
    title: String, subtitle: String, remarks: [String] = [], claim: String? = nil, formulas: [Formula] = [],
    panels: [Panel]
  ) {
    self.title = title
    self.subtitle = subtitle
    self.remarks = remarks
    self.claim = claim
    self.formulas = formulas
    self.panels = panels
  }
}

extension Plot {
  /// Without the points and bars that have no place, as its subtitle says.
  var finite: Plot {
    var plot = self
    for k in plot.panels.indices {
      plot.panels[k].points.removeAll { !$0.x.value.isFinite || !$0.y.value.isFinite }
      plot.panels[k].bars.removeAll { !$0.y.value.isFinite }
    }
    func count(_ plot: Plot) -> Int { plot.panels.reduce(0) { $0 + $1.points.count + $1.bars.count } }
    let lost = count(self) - count(plot)
    if lost > 0 { plot.remarks.append("\(lost) left out that are not finite") }
    return plot
  }

  /// Subtitle and remarks.
  var wholeSubtitle: String { ([subtitle].filter { !$0.isEmpty } + remarks).joined(separator: " · ") }
}

extension Plot {
  /// A formula as it is drawn, and as LaTeX to be copied.
  public struct Formula: Equatable, Sendable {
    public let text: String
    public let latex: String
  }

  /// One pair of axes with what stands between them; later things lie on top.
  public struct Panel: Sendable {
    public var title = ""
    /// What takes the subtitle's place where the panel is alone.
    public var note: String?
    public var x: Axis
    public var y: Axis
    public var bands: [Band] = []
    public var levels: [Level] = []
    public var bars: [Bar] = []
    public var curves: [Curve] = []
    public var points: [Point] = []
  }

  /// An axis with its quantity and unit.
  public struct Axis: Sendable {
    public var label: String
    /// The names of the places 0, 1, 2, …; empty where the axis has numbers.
    public var categories: [String] = []
    /// What stands in the place of names that have no room.
    public var shortCategories: [String] = []
    /// What must be visible beyond what is drawn; of an axis that `isFixed`, what is visible at all.
    public var range: ClosedRange<Double>?
    public var isFixed = false
    /// Whether it counts, so that ticks are whole numbers.
    public var counts = false
  }

  /// How something is coloured.
  public enum Tone: Sendable, Equatable {
    case text, muted, line, faint
    case mark(Mark)
  }

  /// A number, and the expression of recorded terms that it is; nil for a mere place.
  public struct Reading: Sendable {
    public var value: Double
    public var term: String?
  }

  /// A computed curve.
  public struct Curve: Sendable {
    /// A place that the curve goes through.
    public struct Vertex: Sendable {
      public var x, y: Double
    }

    /// What it is drawn with; dots are for what comes from another recording.
    public enum Stroke: Sendable { case full, dashed, dotted }

    /// How much the curve stands out.
    public enum Weight: Sendable { case strong, normal, faint }

    public var vertices: [Vertex]
    public var tone: Tone
    public var weight = Weight.normal
    public var stroke = Stroke.full
    /// Stands beside its end at the right, or else on it.
    public var label: String?
    /// Whether its end has no room for a name, where curves end in one point.
    public var isLabelledAtStart = false
  }

  /// A recorded point.
  public struct Point: Sendable {
    public var x, y: Reading
    /// What the point stands for where that is neither x nor y.
    public var reading: Reading?
    /// As of which beat the terms are read.
    public var beat: Int
    /// Its shape and hue.
    public var mark: Mark?
    public var tone = Tone.text
    /// Whether no gradient passes: the shape is hollow.
    public var isCut = false
    /// The algorithm whose run ends here, where that is not the recording's.
    public var run: String?
    /// What it is; shown beside it if it is highlighted, and otherwise when it is pointed at.
    public var label: String
    public var isHighlighted = false
    /// Whether a highlighted point is named beside it.
    public var isNamed = true

    /// The expression that the point is about.
    public var subject: Reading { reading ?? y }
  }

  /// A recorded bar from 0, at a place of an axis of categories.
  public struct Bar: Sendable {
    public var x: Double
    public var width: Double
    public var y: Reading
    public var beat: Int
    public var tone: Tone
    /// Drawn as an outline: what it is compared with.
    public var isHollow = false
    public var label: String
    /// The number at its end.
    public var showsValue = true
  }

  /// A line across the panel, or across a part of it.
  public struct Level: Sendable {
    public var value: Double
    public var isVertical = false
    public var across: ClosedRange<Double>?
    public var tone = Tone.muted
    public var label: String?
    /// The option that moves it, if it follows from one.
    public var handle: Handle?
  }

  /// How a place on an axis follows from an option: `origin + sign · value`.
  public struct Handle: Sendable {
    public var option: String
    public var origin: Double
    public var sign: Double
  }

  /// A shaded part of the panel between two values of x.
  public struct Band: Sendable {
    public var range: ClosedRange<Double>
  }
}
