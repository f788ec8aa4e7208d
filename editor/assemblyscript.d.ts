/** The globals of AssemblyScript's run-time library, which its declarations for editors leave out. */
import "rt/index";
