# The formula without its source: `make homebrew` fills in @…@ and writes it, with the archive that it names, into
# .build/homebrew.
class Gradus < Formula
  desc "Time-travel debugger for PPO, GRPO and DPO"
  homepage "file://@FOLDER@"
  url "file://@FOLDER@/gradus-@VERSION@.tar.gz"
  sha256 "@SHA256@"
  license "Apache-2.0"

  depends_on "pkgconf" => :build
  depends_on xcode: ["26.0", :build]
  depends_on "graphviz"
  depends_on "libedit"
  depends_on "zlib"

  # Swift comes with Xcode there.
  uses_from_macos "swift" => :build, since: :sequoia

  def install
    # Homebrew has a sandbox of its own, and sandboxes do not nest.
    options = OS.mac? ? "--disable-sandbox" : "--static-swift-stdlib"
    system "make", "install", "PREFIX=#{prefix}", "SWIFT_OPTIONS=#{options}"
  end

  test do
    assert_equal version.to_s, shell_output("#{bin}/gradus --version").strip
    assert_match(/\Aloss\s+-?\d/, shell_output("#{bin}/gradus print ppo loss"))
    system bin/"gradus", "diagram", "ppo", "clip", "--output", "clip.svg"
    assert_match "</svg>", (testpath/"clip.svg").read
    assert_path_exists man1/"gradus-step.1"
  end
end
