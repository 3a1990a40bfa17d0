#include "ops/schedule_text.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/error.hpp"
#include "base/markup.hpp"
#include "base/utf8.hpp"

namespace valise {
namespace {

// A value of a unit file stands between quotes; '%' begins a specifier there.
std::string unit_word(const std::string& text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
    if (c == '%') word += '%';
  }
  return word + "\"";
}

// The program and how it is begun. systemd itself takes no path with quotes, backslashes or '$' as
// a program; as an argument it takes any, where '$' begins a variable.
std::string unit_command(const std::filesystem::path& program) {
  if (program.native().find_first_of("\"'\\$") == std::string::npos) {
    return unit_word(program.native());
  }
  std::string word;
  for (const char c : unit_word(program.native())) word += c == '$' ? "$$" : std::string(1, c);
  return "/bin/sh -c \"exec \\\"$$0\\\" \\\"$$@\\\"\" " + word;
}

// Free text of a unit file, between quotes so that it cannot end in a backslash.
std::string unit_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '%' ? "%%" : std::string(1, c);
  return out + "\"";
}

std::string xml_string(const std::string& text) {
  return "<string>" + escape_markup(text) + "</string>";
}

std::string vault_of(const NightJob& job) {
  for (const auto& [name, value] : job.environment) {
    if (name == "VALISE_VAULT") return value;
  }
  return {};
}

std::string cron_mark(const std::string& name, const char* word) {
  return "# " + name + " " + word + ".";
}

// Jobs of many users need not all begin in the same minute.
unsigned minute_of(const std::string& name) {
  unsigned sum = 0;
  for (const char c : name) sum = (sum * 31 + static_cast<unsigned char>(c)) % 60;
  return sum;
}

/// Where the lines of a job stand in a crontab; both the same where they do not.
std::pair<std::size_t, std::size_t> cron_place(const std::string& crontab,
                                               const std::string& name) {
  const std::string first = cron_mark(name, "begins");
  const std::string last = cron_mark(name, "ends");
  std::size_t begin = std::string::npos;
  for (std::size_t at = 0; at < crontab.size();) {
    std::size_t end = crontab.find('\n', at);
    end = end == std::string::npos ? crontab.size() : end + 1;
    const std::string_view line = std::string_view(crontab).substr(at, end - at);
    if (line.starts_with(first)) begin = at;
    if (begin != std::string::npos && line.starts_with(last)) return {begin, end};
    at = end;
  }
  return {0, 0};
}

}  // namespace

void require_schedulable(const std::filesystem::path& path) {
  bool fits = valid_utf8(path.native());
  for (const char c : path.native()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) fits = false;
  }
  if (fits) return;
  throw Error(ErrorKind::usage, path.string() +
                                    ": a path with control characters, or that is not UTF-8, "
                                    "cannot stand in a schedule; move it, or give it another name");
}

std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

std::string systemd_service(const NightJob& job) {
  std::string text = fmt::format(
      "# {}; \"valise schedule remove\" takes it away again.\n[Unit]\n"
      "Description=Backup of message databases into {}\n\n[Service]\nType=oneshot\n",
      kScheduleMark, unit_text(vault_of(job)));
  for (const auto& [name, value] : job.environment) {
    text += "Environment=" + unit_word(name + "=" + value) + "\n";
  }
  text += "ExecStart=" + unit_command(job.program);
  for (const std::string& argument : job.arguments) text += " " + argument;
  return text + "\nNice=10\nIOSchedulingClass=idle\n";
}

std::string systemd_timer(const NightJob& job) {
  return fmt::format(
      "# {}; \"valise schedule remove\" takes it away again.\n[Unit]\n"
      "Description=Nightly backup of message databases into {}\n\n[Timer]\nOnCalendar=daily\n"
      "Persistent=true\nRandomizedDelaySec=1h\n\n[Install]\nWantedBy=timers.target\n",
      kScheduleMark, unit_text(vault_of(job)));
}

std::string launchd_agent(const NightJob& job) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
      "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
      "<!-- {}; \"valise schedule remove\" takes it away again. -->\n"
      "<plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  {}\n  <key>ProgramArguments</key>\n"
      "  <array>\n    {}\n",
      kScheduleMark, xml_string(job.name), xml_string(job.program.native()));
  for (const std::string& argument : job.arguments) text += "    " + xml_string(argument) + "\n";
  text += "  </array>\n  <key>EnvironmentVariables</key>\n  <dict>\n";
  for (const auto& [name, value] : job.environment) {
    text += "    <key>" + name + "</key>\n    " + xml_string(value) + "\n";
  }
  // A machine that sleeps at that hour runs it when it wakes.
  text += fmt::format(
      "  </dict>\n  <key>StartCalendarInterval</key>\n  <dict>\n"
      "    <key>Hour</key>\n    <integer>3</integer>\n"
      "    <key>Minute</key>\n    <integer>{}</integer>\n  </dict>\n"
      "  <key>ProcessType</key>\n  <string>Background</string>\n"
      "  <key>LowPriorityIO</key>\n  <true/>\n  <key>Nice</key>\n  <integer>10</integer>\n",
      minute_of(job.name));
  text += "  <key>StandardErrorPath</key>\n  " + xml_string(job.log.native()) + "\n";
  return text + "</dict>\n</plist>\n";
}

std::string cron_lines(const NightJob& job) {
  std::string command;
  for (const auto& [name, value] : job.environment) {
    command += name + "=" + shell_word(value) + " ";
  }
  command += shell_word(job.program.native());
  for (const std::string& argument : job.arguments) command += " " + argument;
  std::string line = fmt::format("{} 3 * * * ", minute_of(job.name));
  // To cron '%' is the end of the line, also between quotes.
  for (const char c : command) line += c == '%' ? "\\%" : std::string(1, c);
  return fmt::format("{} {}\n{}\n{}\n", cron_mark(job.name, "begins"), kScheduleMark, line,
                     cron_mark(job.name, "ends"));
}

std::string without_cron_lines(const std::string& crontab, const std::string& name) {
  const auto [begin, end] = cron_place(crontab, name);
  return crontab.substr(0, begin) + crontab.substr(end);
}

std::string find_cron_lines(const std::string& crontab, const std::string& name) {
  const auto [begin, end] = cron_place(crontab, name);
  return crontab.substr(begin, end - begin);
}

}  // namespace valise
