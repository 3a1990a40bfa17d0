#include "ops/agent_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "format/card.hpp"
#include "ops/enrolment.hpp"

namespace valise {
namespace {

using namespace std::string_view_literals;

// All of Unicode's white space that a card's name may hold.
constexpr std::array kBlanks{
    " "sv,      "\u00a0"sv, "\u1680"sv, "\u2000"sv, "\u2001"sv, "\u2002"sv,
    "\u2003"sv, "\u2004"sv, "\u2005"sv, "\u2006"sv, "\u2007"sv, "\u2008"sv,
    "\u2009"sv, "\u200a"sv, "\u202f"sv, "\u205f"sv, "\u3000"sv,
};

bool blank_at_an_end(std::string_view name) {
  return std::any_of(kBlanks.begin(), kBlanks.end(), [&](std::string_view blank) {
    return name.starts_with(blank) || name.ends_with(blank);
  });
}

// On some file systems MARA.CARD is mara.card.
bool named_like_a_card(std::string_view name) {
  constexpr std::string_view kSuffix = ".card";
  if (name.size() < kSuffix.size()) return false;
  const std::string_view end = name.substr(name.size() - kSuffix.size());
  return std::equal(end.begin(), end.end(), kSuffix.begin(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

[[noreturn]] void refuse_name(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::usage, "nobody can be called \"" + name + "\": " + why);
}

}  // namespace

void check_shown_name(const std::string& name) {
  static_cast<void>(name32(name));
  if (name.find('/') != std::string::npos || name == "." || name == "..") {
    refuse_name(name, "it would be taken for a path; choose a name without a slash");
  }
  if (blank_at_an_end(name)) {
    refuse_name(name, "it begins or ends with white space; choose a name without");
  }
  if (has_invisible_characters(name)) {
    refuse_name(name, "it holds a character that is shown as nothing; choose a name without");
  }
  if (named_like_a_card(name)) {
    refuse_name(name, "it would be taken for a card file; choose a name that does not end so");
  }
}

void check_agent_name(const std::string& name) {
  check_shown_name(name);
  // Every list of readers names the owner so.
  if (folded(name) == kOwnerName) {
    refuse_name(name, "lists of readers name the owner so; choose another name");
  }
}

}  // namespace valise
