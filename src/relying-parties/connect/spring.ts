import { accept, refuse, type Verdict } from "../../errors.ts";
import { acrOf, clientAlgorithm, type Connection, idTokenAlgorithm, isByKey, plainSoftwareProblem, quoted, redirectUriOf } from "./connection.ts";

/** `application.yml` and the beans for Spring Boot 3 with spring-boot-starter-oauth2-client. */
export function forSpring(connection: Connection): Verdict<string> {
  const { issuer, metadata } = connection;
  const problem = plainSoftwareProblem(connection, ["client_secret_basic", "private_key_jwt"]);
  if (problem !== null) return refuse("invalid_request", `spring: ${problem}`);
  if (isByKey(connection) && clientAlgorithm(connection) !== "ES256") return refuse("invalid_request", "spring: written for a client key of ES256: register with --client-alg ES256");
  return accept(`# application.yml
spring:
  security:
    oauth2:
      client:
        registration:
          jpki-bridge:
            client-id: ${quoted(metadata.client_id)}
${isByKey(connection) ? "" : "            client-secret: ${CLIENT_SECRET}\n"}            client-authentication-method: ${metadata.token_endpoint_auth_method}
            authorization-grant-type: authorization_code
            redirect-uri: ${quoted(redirectUriOf(connection))}
            scope: openid
        provider:
          jpki-bridge:
            issuer-uri: ${quoted(issuer)}
            user-name-attribute: sub

${java(connection)}`);
}

function java(connection: Connection): string {
  const acr = acrOf(connection);
  const byKey = isByKey(connection);
  return `// JpkiBridgeSignIn.java
${(byKey ? ["com.nimbusds.jose.jwk.JWK", "java.nio.file.Files", "java.nio.file.Path"] : []).map((name) => `import ${name};\n`).join("")}import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
${byKey ? `import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
` : ""}import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.web.SecurityFilterChain;

@Configuration
public class JpkiBridgeSignIn {
  @Bean
  SecurityFilterChain signIn(HttpSecurity http, ClientRegistrationRepository registrations) throws Exception {
    var requests = new DefaultOAuth2AuthorizationRequestResolver(registrations, "/oauth2/authorization");
    requests.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce()${acr === null ? "" : `
        .andThen(request -> request.additionalParameters(parameters -> parameters.put("acr_values", ${quoted(acr)})))`});
${byKey ? `    var key = JWK.parse(Files.readString(Path.of(${quoted(connection.keyFile)})));
    var tokens = new RestClientAuthorizationCodeTokenResponseClient();
    tokens.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<OAuth2AuthorizationCodeGrantRequest>(registration -> key));
` : ""}    return http
        .authorizeHttpRequests(paths -> paths.anyRequest().authenticated())
        .oauth2Login(login -> login
            .authorizationEndpoint(endpoint -> endpoint.authorizationRequestResolver(requests))${byKey ? `
            .tokenEndpoint(endpoint -> endpoint.accessTokenResponseClient(tokens))` : ""})
        .build();
  }

  @Bean
  OidcIdTokenDecoderFactory idTokens() {
    var factory = new OidcIdTokenDecoderFactory();
    factory.setJwsAlgorithmResolver(registration -> SignatureAlgorithm.${idTokenAlgorithm(connection)});
    return factory;
  }
}
`;
}
