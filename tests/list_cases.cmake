# Writes the script that tells CTest of every test case: cmake -D program=... -D list=... -P.
# doctest's own discovery cuts a name at its semicolons and asks for the pieces, which nothing has.

execute_process(COMMAND "${program}" --list-test-cases OUTPUT_VARIABLE output
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${program} --list-test-cases: ${result}\n${output}")
endif()

get_filename_component(folder "${list}" DIRECTORY)
set(script "")
string(FIND "${output}" "\n" end)
while(NOT end EQUAL -1)
  string(SUBSTRING "${output}" 0 ${end} name)
  math(EXPR next "${end} + 1")
  string(SUBSTRING "${output}" ${next} -1 output)
  string(FIND "${output}" "\n" end)
  if("${name}" MATCHES "^=+$" OR "${name}" MATCHES "^\\[doctest\\] ")
    continue()
  endif()
  # A comma separates filters unless a backslash stands before it.
  string(REPLACE "," "\\," filter "${name}")
  string(APPEND script
    "add_test([==[${name}]==] [==[${program}]==] [==[--test-case=${filter}]==])\n"
    "set_tests_properties([==[${name}]==] PROPERTIES TIMEOUT 300 "
    "WORKING_DIRECTORY [==[${folder}]==])\n")
endwhile()
if(script STREQUAL "")
  message(FATAL_ERROR "${program} names no test case")
endif()
file(WRITE "${list}" "${script}")
