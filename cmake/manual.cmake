# SPDX-License-Identifier: MIT
# cmake -DTOOL=… -DINTO=… -P manual.cmake: man pages and completions, as the tool prints them, laid out below
# INTO as they are below share/.

file(REMOVE_RECURSE ${INTO})
file(MAKE_DIRECTORY ${INTO}/man/man1 ${INTO}/bash-completion/completions ${INTO}/zsh/site-functions
  ${INTO}/fish/vendor_completions.d)

# print(FILE WORD…): what the tool prints when it is given these words.
function(print file)
  execute_process(COMMAND ${TOOL} ${ARGN} OUTPUT_FILE ${INTO}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

execute_process(COMMAND ${TOOL} manual --list OUTPUT_VARIABLE pages COMMAND_ERROR_IS_FATAL ANY
  OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REPLACE "\n" ";" pages "${pages}")
foreach(page IN LISTS pages)
  print(man/man1/${page}.1 manual ${page})
endforeach()
print(bash-completion/completions/fairlead completion bash)
print(zsh/site-functions/_fairlead completion zsh)
print(fish/vendor_completions.d/fairlead.fish completion fish)
